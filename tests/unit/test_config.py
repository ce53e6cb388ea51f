"""Settings, and every mistake in them at once."""

import stat
import subprocess
import sys

import pytest
from cryptography.fernet import Fernet

from app.config import ConfigurationError, Settings

KEY = Fernet.generate_key().decode()
PRODUCTION = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql://db.example/lb",
    "REDIS_URL": "redis://redis.example",
    "SECRET_KEY": "s" * 32,
    "ENCRYPTION_KEYS": f"{KEY}, {Fernet.generate_key().decode()}",
    "PUBLIC_URL": "https://bridge.example",
    "MAIL_URL": "smtp://mail.example:587?tls=1",
}


def mistakes(**changes):
    environ = {name: value for name, value in (PRODUCTION | changes).items() if value}
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_environment(environ)
    return refused.value.mistakes


def test_production_with_everything_starts():
    settings = Settings.from_environment(PRODUCTION)
    assert settings.production
    assert len(settings.encryption_keys) == 2


def test_production_without_anything_names_all_that_is_missing():
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_environment({"APP_ENV": "production"})
    named = " ".join(refused.value.mistakes)
    for name in PRODUCTION.keys() - {"APP_ENV"}:
        assert name in named


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"APP_ENV": "staging"}, "APP_ENV"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
        ({"ENCRYPTION_KEYS": f"{KEY},short"}, "key 2"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"PUBLIC_URL": "http://bridge.example"}, "PUBLIC_URL"),
        ({"INTUIT_CLIENT_ID": "abc"}, "INTUIT_CLIENT_SECRET"),
    ],
)
def test_a_wrong_setting_is_named(changes, named):
    assert named in " ".join(mistakes(**changes))


@pytest.mark.parametrize(("app_env", "read"), [("development", True), ("production", False)])
def test_a_dotenv_file_stands_behind_the_environment_in_development(
    tmp_path, monkeypatch, app_env, read
):
    (tmp_path / ".env").write_text("INTUIT_CLIENT_ID=written\nLOG_FORMAT=json\n")
    monkeypatch.chdir(tmp_path)
    for name, value in (PRODUCTION | {"APP_ENV": app_env, "LOG_FORMAT": "console"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("INTUIT_CLIENT_ID", raising=False)
    settings = Settings.from_environment()
    assert (settings.intuit_client_id == "written") is read
    assert settings.log_format == "console"


def test_secrets_do_not_show_when_settings_are_printed():
    shown = repr(Settings.from_environment(PRODUCTION))
    assert KEY not in shown
    assert PRODUCTION["SECRET_KEY"] not in shown


def test_a_checkout_makes_one_private_key_however_many_processes_start(tmp_path):
    ask = (
        "from app.config import Settings;"
        f"print(Settings.from_environment({{'DATA_DIR': {str(tmp_path / 'var')!r}}}).secret_key)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", ask], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    keys = {process.communicate()[0].strip() for process in started}
    assert len(keys) == 1
    assert Fernet(keys.pop())
    [file] = (tmp_path / "var").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
