"""How a channel that goes to destinations is connected: by whom, with what, and how it is proven to be theirs."""

from typing import Literal, TypeAlias

from owlpost.domain.value import dataclass

#: `challenge`: the receiver answers a first test with what we made up. `test`: the first test that arrives is the proof.
#: `seen`: so is one that was taken, once its owner says that they saw it: the URL may lead to a room of somebody else's.
#: `link`: the owner follows a link with a token. `at_once`: what is connected could not have been made by anybody else.
Proof: TypeAlias = Literal["challenge", "test", "seen", "link", "at_once"]
#: A person's own, or a room of a team.
OwnedBy: TypeAlias = Literal["person", "room"]


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody states to connect a destination.

    `url` is checked against the hosts of its kind, `subscription` is a browser's of web push, and `text` has to match
    `pattern`, which `example` does.
    """

    field: str
    label: str
    form: Literal["url", "subscription", "text"]
    pattern: str = ""
    example: str = ""


URL = Ask("url", "URL", "url", example="https://")
SUBSCRIPTION = Ask("subscription", "This browser", "subscription")


@dataclass(frozen=True, slots=True)
class ConnectKind:
    """One way to connect a channel. `asks` is None where the owner states nothing.

    `hosts` are those that a URL may lead to, `*.example` for all below it; None: any of the internet. `more_hosts` names the
    setting by which an operator adds some; one with a port may be inside, by any address and by plain http. `elsewhere` tells
    why some hosts are refused that people are likely to try. `link` is a template with `{token}` and names of settings.
    """

    key: str
    label: str
    owned_by: OwnedBy
    proof: Proof
    asks: Ask | None = None
    hosts: tuple[str, ...] | None = None
    more_hosts: str = ""
    elsewhere: tuple[tuple[str, str], ...] = ()
    #: One owner alone has such an address: it moves to whoever connects it last, and connecting it again is no conflict.
    exclusive: bool = False
    #: What is sent there is signed with a secret of its own, which its owner is shown once.
    signs: bool = False
    link: str = ""
    #: What the provider's acceptance leaves open, as a sentence for owner and operator.
    untold: str = ""
    #: Destinations of one owner on the channel. One more is refused, or the one that was not seen for longest gives way.
    most: int = 10
    stalest_gives_way: bool = False
    #: Where one dies, its owner did it, as by blocking a bot: nobody is mailed about it.
    ended_by_owner: bool = False


@dataclass(frozen=True, slots=True)
class Connect:
    """`settings` are the prefixes of the variables that connecting needs in the API, `public_key` is the module there whose
    `public_key(section)` a browser asks for."""

    kinds: tuple[ConnectKind, ...]
    settings: tuple[str, ...] = ()
    #: Prefixes of the variables by which `provider_events` takes the provider's word of who has followed a link.
    told_by: tuple[str, ...] = ()
    public_key: str | None = None

    def kind(self, key: str | None) -> ConnectKind | None:
        """Return the kind of this name; without a name the first one."""
        return next((kind for kind in self.kinds if key is None or kind.key == key), None)
