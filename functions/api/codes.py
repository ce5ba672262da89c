"""Stable codes of the sentences that the API refuses with: `error` stays English, and pages say it in the reader's language.

The German of each is `refused.<code>` in `functions/dashboard/words/de.json`; the English is the sentence itself. What is wrong
with a field has codes too, `problem.<code>`, where it is one that people fill in: pages say it without the field's name.
"""

from collections.abc import Mapping

#: What names a field carries the sentence about it as `{error}`.
INVALID = "invalid"
CODES: Mapping[str, str] = {
    "Please sign in.": "sign_in",
    "Too many wrong tries. Please ask for a new code.": "many_tries",
    "That code is wrong or has expired.": "wrong_code",
    "This request came from another site.": "another_site",
    "This is for people; an API key cannot be used here.": "no_person",
    "There is nothing here.": "nothing_here",
    "There is no such session.": "no_session",
    "There is no such device.": "no_device",
    "There is no such notification.": "no_notification",
    "There is no such team.": "no_team",
    "There is no such project.": "no_project",
    "There is no such invitation.": "no_invitation",
    "There is no such destination.": "no_destination",
    "There is no phone: sign in to the app on one, and allow it to notify you.": "no_phone",
    "This installation has no lines.": "no_lines",
    "This invitation has expired or was already accepted.": "invitation_over",
    "This invitation is for another e-mail address.": "another_address",
    "This address already belongs to a member of the team.": "member_already",
    "Only an owner can invite another owner.": "only_owner",
    "Only an owner or admin of the team can do this.": "only_admins",
    "Only an owner or admin of the team can change this.": "only_admins_change",
    "Only owners and admins of a team connect its rooms.": "only_admins_connect",
    "This is connected already.": "connected_already",
    "Please test it first: it is live once a test has reached it.": "test_first",
    "Please test it first, and say then that you saw the test.": "test_and_say",
    "What is sent there is not signed, so there is no secret.": "no_secret",
    "Too many invitations. Please wait a while.": "many_invitations",
    "Too many attempts from your network. Please wait a while.": "many_attempts",
    "Too many codes were asked for. Please wait a while.": "many_codes",
    "Too many changes in a short time. Please wait a moment.": "many_changes",
    "The mail may not have been sent.": "mail_unknown",
    "The mail could not be sent. Please try again in a moment.": "mail_unsent",
    "The service is starting. Please try again in a moment.": "starting",
    "The service is away for a moment. Please try again.": "away",
    "Something went wrong on our side. Please try again.": "fault",
}
#: By the beginning of sentences with a number in them.
BEGINNINGS: Mapping[str, str] = {
    "There may be ": "many_destinations",
    "Please wait a moment: there is one test in ": "test_too_soon",
    "The body is larger than ": "too_large",
}


def code_of(sentence: str) -> str | None:
    """Return the code of a sentence; None for one that no page leads to."""
    return CODES.get(sentence) or next((code for begun, code in BEGINNINGS.items() if sentence.startswith(begun)), None)


#: What is wrong with a field.
PROBLEMS: Mapping[str, str] = {
    "is missing": "empty",
    "is required": "empty",
    "must not be empty": "empty",
    "must be an e-mail address": "address",
    "has no form that mail providers accept": "address",
    "was refused by the mail provider": "address_refused",
    "must begin with https://": "https",
    "must hold no user name and no password": "no_password",
    "must have no port, or 443": "no_port",
    "must name a host of the internet, not an IP address": "no_host",
    "must not lead back to us": "our_host",
    "is no URL": "no_url",
    "must not contain control characters": "characters",
    "must be plain text on one line": "characters",
    "is too old": "too_late",
}
PROBLEM_BEGINNINGS: Mapping[str, str] = {
    "must be a URL of at most ": "no_url",
    "must lead to ": "other_host",
    "is of a connector, which Microsoft has retired": "connector",
    "must look like ": "form",
    "must be 1 to ": "length",
    "must be ahead, by ": "ahead",
    "must be at most ": "too_long",
}


def code_of_problem(problem: str) -> str | None:
    """Return the code of what is wrong with a field; None for what people do not cause by what they fill in."""
    return PROBLEMS.get(problem) or next(
        (code for begun, code in PROBLEM_BEGINNINGS.items() if problem.startswith(begun)), None
    )
