"""The examples in deploy/ can be read by what they are for, and name only commands and settings that there are."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main

from sebrus.cli import app
from sebrus.platform.settings import CREDENTIAL_NAME, Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy"
UNITS = sorted((FOLDER / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
COMMANDS = set(typer.main.get_command(app).commands)
OPTIONS = {
    name: {text for parameter in command.params for text in parameter.opts}
    for name, command in typer.main.get_command(app).commands.items()
}
SETTINGS = {f"SEBRUS_{name.upper()}" for name in Settings.model_fields}
LONG_RUNNING = {"index", "work", "serve"}


def unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(interpolation=None, strict=True)
    found.optionxform = str
    found.read_string(path.read_text())
    return found


def environment(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def test_every_setting_named_anywhere_is_one():
    for path in FOLDER.rglob("*"):
        if path.is_file():
            assert set(re.findall(r"SEBRUS_[A-Z_]+", path.read_text())) <= SETTINGS, path


def test_the_values_are_ones_the_settings_take(monkeypatch):
    for name, value in environment((FOLDER / "sebrus.env").read_text()).items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert not settings.embedded and settings.metrics_port == 9464


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_runs_a_command_that_there_is(path):
    service = unit(path)["Service"]
    program, command, *arguments = service["ExecStart"].split()
    assert program.endswith("/sebrus") and command in COMMANDS
    assert {argument for argument in arguments if argument.startswith("-")} <= OPTIONS[command]
    assert path.name == f"sebrus-{command}.service"
    assert service["User"] == "sebrus" and service["NoNewPrivileges"] == "yes"
    home = environment(service["Environment"])["SEBRUS_HOME"]
    assert home != "/var/lib/sebrus" and Path(home).parent == Path("/var/lib/sebrus"), "restoring renames the home"
    if command in LONG_RUNNING:
        assert service["LoadCredential"].split(":")[0] == CREDENTIAL_NAME
        assert service["Restart"] == "always" and int(service["TimeoutStopSec"]) >= 30
        assert unit(path)["Install"]["WantedBy"] == "multi-user.target"


def test_there_is_one_unit_for_each_process_and_a_timer_for_backups():
    assert {path.stem.removeprefix("sebrus-") for path in SERVICES} == {*LONG_RUNNING, "backup"}
    timer = FOLDER / "systemd" / "sebrus-backup.timer"
    assert unit(timer)["Timer"]["OnCalendar"] == "hourly"


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_reads_the_units(path, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    for other in UNITS:  # the program of the example need not be on this machine
        text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", other.read_text())
        (tmp_path / other.name).write_text(text)
    said = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / path.name)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    ours = [line for line in said.stderr.splitlines() if path.name in line]
    assert not ours, said.stderr


def test_compose_runs_each_process_once():
    text = (FOLDER / "compose.yaml").read_text()
    commands = re.findall(r'^    command: \["(\w+)"\]$', text, flags=re.MULTILINE)
    assert sorted(commands) == sorted(LONG_RUNNING) and set(commands) <= COMMANDS
    for command, arguments in re.findall(r"run --rm \w+ (\w+)((?: --[\w-]+)*)", text):
        assert command in COMMANDS and set(arguments.split()) <= OPTIONS[command]
    assert '"127.0.0.1:8080:8080"' in text, "the API is not open to the world, and the metrics are not published"
    assert text.count("ports:") == 1


def test_docker_reads_the_compose_file(tmp_path):
    if shutil.which("docker") is None:
        pytest.skip("docker is not here")
    shutil.copytree(FOLDER, tmp_path / "deploy")
    (tmp_path / "deploy" / "passphrase").write_text("x")
    command = ["docker", "compose", "-f", str(tmp_path / "deploy" / "compose.yaml"), "config", "--quiet"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if "is not a docker command" in said.stderr or "unknown shorthand flag" in said.stderr:
        pytest.skip("docker has no compose here")
    assert said.returncode == 0, said.stderr


def test_the_image_holds_what_the_sources_name():
    text = (FOLDER / "Dockerfile").read_text()
    for line in re.findall(r"^COPY (.+) \S+$", text, flags=re.MULTILINE):
        for name in line.split():
            assert (ROOT / name).exists(), name
    assert re.search(r'^ENTRYPOINT \["sebrus"\]$', text, flags=re.MULTILINE)
    assert re.search(r'^CMD \["(\w+)"\]$', text, flags=re.MULTILINE)[1] in COMMANDS
