"""What providers keep of a person after we have erased them, and how to ask for it."""

from collections.abc import Mapping

from owlpost.domain.value import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """In words for a certificate."""

    what: str
    how: str


#: By the channel, or the platform of a push.
BY_RECIPIENT: Mapping[str, Kept] = {
    "email": Kept(
        "the provider of mail keeps what was sent for as long as its plan says, and its own list of addresses that get no mail:"
        " Resend both, Amazon SES the list, a mail server its logs",
        "Resend: remove the address from Suppressions, and write to its support with the ids. Amazon SES:"
        " aws sesv2 delete-suppressed-destination --email-address ADDRESS. A mail server: its administrator",
    ),
    "ios": Kept(
        "Apple keeps a push until the device gets it, at most until it expires; it knows the device, and not the person",
        "nothing to ask: the token is not known here any more",
    ),
    "android": Kept(
        "Google keeps a push until the device gets it, at most until it expires; it knows the installation of the app",
        "the app deletes its Firebase installation id (FirebaseInstallations.delete), and Google all that hangs on it",
    ),
}
OTHERWISE = Kept("what the provider of this channel keeps", "ask the provider with the ids")
#: What no statement reaches.
ELSEWHERE = (
    "Backups of the database hold the rows until their own retention ends.",
    "Messages of the requests queue and its dead letters hold what producers sent, for at most 14 days.",
    "Logs name ids of deliveries and requests, and no address, for their own retention.",
)


def kept_by(recipient: str) -> Kept:
    return BY_RECIPIENT.get(recipient, OTHERWISE)
