"""Saves the control plane's resources to files soon after each change.

By itself it saves them only when it shuts down, so a crash would lose the functions that running executions need.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from local_cloud.gateway import emulator, handler_logs

SAVE_DELAY = 0.3
RETRY_DELAY = 1.0
READS = 20
"""How often a service's resources are read while requests change them."""
READS_ALONE = 3
"""How often they are read after that while only threads of the control plane can change them."""
LOGS = "cloudwatch_logs"

log = logging.getLogger(__name__)


class _ChangingError(Exception):
    """Requests changed the resources each time they were read."""


class Snapshots:
    """Saves after each burst of changes."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Note a change."""
        self._changed.set()

    async def run(self) -> None:
        """Save after each burst of changes, until cancelled."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(SAVE_DELAY)
            self._changed.clear()
            # These are the resources that its own shutdown saves.
            readers = emulator.readers_of_resources()
            if LOGS in readers:
                readers[LOGS] = handler_logs.reader(readers[LOGS])
            unsaved = await asyncio.to_thread(save_all, readers)
            # Requests are served by this thread, so none of them changes what it reads.
            if unsaved := save_all({service: readers[service] for service in unsaved}, READS_ALONE):
                log.warning("not saved, and tried again: the resources of %s", ", ".join(unsaved))
                self._changed.set()
                await asyncio.sleep(RETRY_DELAY)


def save_all(services: Mapping[str, Callable[[], Any]], reads: int = READS) -> list[str]:
    """Save the resources of each service, and return the services for which that has to be done again."""
    return [service for service, read in services.items() if not save(service, read, reads)]


def save(service: str, read: Callable[[], Any], reads: int = READS) -> bool:
    """Save the resources of a service, as the control plane loads them; False if that has to be done again."""
    file = Path(emulator.persistence.STATE_DIR, f"{service}.json")
    # The control plane has a draft of another name, which it writes when it shuts down.
    draft = file.with_suffix(".part")
    try:
        text = _text(service, read, reads)
        if text is None:
            return True
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text)
        draft.replace(file)
    except OSError as error:
        # The last version stays; a full disk may have space later.
        log.error("the resources of %s are not saved: %s", service, error)
        return False
    except _ChangingError:
        return False
    except Exception:
        # A bug of the control plane's: another attempt would not help, and the others can be saved.
        log.exception("the resources of %s cannot be saved", service)
    return True


def _text(service: str, read: Callable[[], Any], reads: int) -> str | None:
    """The file's content; None if the service has no state, as after a failed import."""
    version = emulator.state_format_version(service)
    for attempt in range(reads):
        try:
            state = read()
            content = {"__ministack_format__": version, "payload": state}
            return None if state is None else json.dumps(content, default=emulator.json_default)
        except RuntimeError:  # a dictionary changed its size
            time.sleep(0.01 * attempt)
    raise _ChangingError
