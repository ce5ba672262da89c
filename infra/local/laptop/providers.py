"""The fake providers as a child process, and the settings by which Owlpost finds them."""

import json
import subprocess
import sys
from email.utils import formataddr
from pathlib import Path
from typing import Self

from owlpost.domain.brand import OWL, Brand


def mail_sender(brand: str) -> str:
    """Return whom the laptop's mails are from, unless EMAIL_FROM says otherwise."""
    return formataddr((brand, "owlpost@owlpost.example"))


class ProviderProcess:
    """Fake Resend, APNs, FCM, push service of browsers and receiver of webhooks, and the mailbox.

    Their ledger is in `data_dir` and outlives the process. Fake Resend takes as many calls as the real one, and Owlpost keeps
    to its own pace, as where it is deployed. With a `resend_rate` both take that.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        resend_rate: int | None = None,
        webhook_url: str | None = None,
        console_url: str | None = None,
        brand: Brand = OWL,
    ) -> None:
        self.data_dir = data_dir
        self._console_url = console_url
        self._brand = brand
        self._webhook_url = webhook_url
        self._resend_rate = resend_rate
        self._process: subprocess.Popen[str] | None = None
        self.announcement: dict[str, str] = {}
        #: Seconds by which their clock is ahead from the next start on.
        self.ahead = 0.0

    def start(self) -> Self:
        """Return once they serve. Raises RuntimeError if they do not start."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "infra.local.providers.main"),
                *("--data-dir", str(self.data_dir), "--until-eof", "--ahead", str(self.ahead)),
                *("--brand-name", self._brand.name),
                *("--brand-colour", self._brand.colour or "", "--brand-logo", self._brand.logo or ""),
                *(("--resend-rate", str(self._resend_rate)) if self._resend_rate else ()),
                *(("--webhook-url", self._webhook_url) if self._webhook_url else ()),
                *(("--console-url", self._console_url) if self._console_url else ()),
            ],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C must reach only us: we stop them last
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the fake providers did not start (exit code {self._process.wait()})")
        self.announcement = json.loads(line)
        return self

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.communicate()

    @property
    def urls(self) -> dict[str, str]:
        fakes = ("resend", "apns", "fcm", "webhook", "web_push", "telegram", "slack", "teams", "discord")
        return {name: self.announcement[name] for name in fakes}

    @property
    def mailbox(self) -> str:
        return self.announcement["mailbox"]

    def settings(self) -> dict[str, str]:
        """Return the environment that points the real adapters to the fakes. The shared layer knows nothing of fakes."""
        said = self.announcement
        return {
            "RESEND_API_KEY": said["resend_api_key"],
            "RESEND_BASE_URL": said["resend"],
            "RESEND_WEBHOOK_SECRETS": said["resend_webhook_secret"],
            **({"RESEND_CALLS_PER_SECOND": str(self._resend_rate)} if self._resend_rate else {}),
            "EMAIL_FROM": mail_sender(self._brand.name),
            "SYSTEM_JOBS_ALERT_EMAIL": "operator@owlpost.example",
            "APNS_KEY_ID": said["apns_key_id"],
            "APNS_TEAM_ID": said["apns_team_id"],
            "APNS_KEY_P8": Path(said["apns_key"]).read_text(encoding="utf-8"),
            "APNS_BUNDLE_ID": said["apns_bundle_id"],
            "APNS_PRODUCTION_URL": said["apns"],
            "APNS_SANDBOX_URL": said["apns"],
            "APNS_CA_FILE": said["ca"],
            "FCM_SERVICE_ACCOUNT": Path(said["fcm_service_account"]).read_text(encoding="utf-8"),
            "FCM_BASE_URL": said["fcm"],
            "FCM_CA_FILE": said["ca"],
            "WEBHOOK_INSIDE": said["webhook"].removeprefix("http://"),
            "TELEGRAM_BOT_TOKEN": said["telegram_token"],
            "TELEGRAM_BASE_URL": said["telegram"],
            "TELEGRAM_NAME": "owlpost_laptop_bot",
            "WEB_PUSH_HOSTS": said["web_push"].removeprefix("http://"),
            "WEB_PUSH_SUBJECT": "mailto:owlpost@owlpost.example",
            "SLACK_BOT_TOKEN": said["slack_bot_token"],
            "SLACK_BASE_URL": f"{said['slack']}/api",
            **{f"{name.upper()}_HOSTS": said[name].removeprefix("http://") for name in ("slack", "teams", "discord")},
        }
