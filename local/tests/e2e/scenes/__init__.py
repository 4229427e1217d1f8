"""Programs as data, one for each group of services: every input of every type is in one of them."""

from scenes.apis import HTTP, REST
from scenes.events import EVENTS
from scenes.identity import MACHINES, USERS
from scenes.networks import IMAGES, NETWORK
from scenes.scene import Scene
from scenes.secrets import SECRETS

ALL: dict[str, Scene] = {
    "secrets": SECRETS,
    "events": EVENTS,
    "rest": REST,
    "http": HTTP,
    "machines": MACHINES,
    "users": USERS,
    "network": NETWORK,
    "images": IMAGES,
}
