"""The table of the comparison with Terraform's provider, without Terraform."""

from differential.subject import named, unnamed, written
from differential.subjects import SUBJECTS

from aws_provider.check import Naming, check
from aws_provider.types import TABLE
from scenes import ALL


def test_every_type_is_compared_or_in_a_scene() -> None:
    compared = [subject.token for subject in SUBJECTS]
    in_scenes = {made.token for scene in ALL.values() for made in scene}
    assert len(set(compared)) == len(compared)
    assert {*compared, *in_scenes} == TABLE.keys()


def test_every_change_is_called_by_a_name_of_its_own() -> None:
    for subject in SUBJECTS:
        labels = [case.label for case in subject.cases]
        assert sorted(set(labels)) == sorted(labels), subject.token
        assert len(labels) > 3, subject.token


def test_every_configuration_that_a_case_begins_with_is_right() -> None:
    names = {"NAME": "ds0000", "QUEUES": "http://127.0.0.1:4566/000000000000"}
    for subject in SUBJECTS:
        for case in subject.cases:
            # What an archive or asset is, only the provider's own tests know.
            config = named(written(subject.base, case.before), names)
            plain = {
                name: value for name, value in config.items() if isinstance(value, str | int | list | dict)
            }
            if plain == config:
                assert check(TABLE[subject.token], {}, config, Naming("name"))[1] == [], case.label


def test_a_case_s_own_names_are_taken_out_of_a_state() -> None:
    own = named({"Arn": "arn:aws:iam::1:role/NAME-2"}, {"NAME": "dt0012"})
    assert own == {"Arn": "arn:aws:iam::1:role/dt0012-2"}
    assert unnamed(own["Arn"]) == "arn:aws:iam::1:role/NAME-2"
    assert unnamed("ds0003-20261128093636149500000004") == unnamed("dt0003-3e85490") == "NAME-UNIQUE"
