"""The inbox page as a person uses it: elements by name and role."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from infra.local.postgres.postmaster import wait_until

POLL = 31_000  # milliseconds: a little more than the badge waits


def install_clock(page: Page) -> None:
    """Let the test say what time it is. Its clock counts for a request's own time as well: one that is under way would end."""
    page.clock.install()
    page.add_init_script("AbortSignal.timeout = () => new AbortController().signal")


@dataclass(frozen=True, slots=True)
class InboxPage:
    page: Page

    def open(self) -> "InboxPage":
        self.page.goto("/dashboard/notifications")
        self.page.locator("owlpost-inbox [aria-busy=false]").wait_for(state="attached")
        return self

    def poll_until(self, shown: Callable[[], bool]) -> None:
        """Let half minutes pass: one that passes while a poll is unanswered does not bring the next poll."""

        def is_shown_by_the_next() -> bool:
            self.page.clock.fast_forward(POLL)
            return wait_until(shown, seconds=3)

        assert wait_until(is_shown_by_the_next, seconds=30)

    @property
    def rows(self) -> Locator:
        return self.page.locator("owlpost-inbox li.row:visible")

    @property
    def badge(self) -> Locator:
        return self.page.locator("owlpost-user-menu .badge")

    @property
    def mark_all(self) -> Locator:
        return self.page.get_by_role("button", name="Mark all as read")

    @property
    def load_more(self) -> Locator:
        return self.page.get_by_role("button", name="Load more")

    @property
    def failure(self) -> Locator:
        return self.page.locator("owlpost-inbox .messages [role=alert]")

    def row(self, title: str) -> Locator:
        return self.rows.filter(has_text=title)

    def button(self, act: str, title: str) -> Locator:
        return self.page.get_by_role("button", name=f"{act}: {title}", exact=True)

    def mark_as_read(self, title: str) -> None:
        """By the row's button; on a phone, where there is none, by its menu."""
        button = self.button("Mark as read", title)
        if button.is_visible():
            button.click()
        else:
            self.pick(title, "Mark as read")

    def pick(self, title: str, item: str) -> None:
        """Choose something from a row's menu."""
        self.button("More", title).click()
        self.page.get_by_role("menuitem", name=item).click()

    @property
    def said(self) -> Locator:
        return self.page.locator("owlpost-inbox .messages [role=status]")

    @property
    def undo(self) -> Locator:
        """The button in the bar, which stays when the message has gone."""
        return self.page.locator("owlpost-inbox .acts").get_by_role("button", name="Undo")

    def show(self, read_state: str) -> None:
        self.page.get_by_role("radio", name=read_state, exact=True).check(force=True)
        self.page.locator("owlpost-inbox [aria-busy=false]").wait_for(state="attached")
