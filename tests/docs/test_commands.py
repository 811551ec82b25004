"""Every command and option of the command line stands in docs/commands.md, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import typer.main

from sebrus.cli import app

TEXT = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
SECTIONS = {part.split("\n", 1)[0].strip(): part for part in re.split(r"^## sebrus ", TEXT, flags=re.MULTILINE)[1:]}
COMMANDS = typer.main.get_command(app).commands


def test_every_command_has_its_section_and_an_example():
    assert set(SECTIONS) == set(COMMANDS)
    for name, section in SECTIONS.items():
        assert re.search(rf"^(?:\w+=\S+ )*sebrus {name}\b", section, flags=re.MULTILINE), name


def options_of(command):
    """The options of a command and of those below it."""
    own = {text for parameter in command.params for text in parameter.opts if text.startswith("--")}
    return (own - {"--help"}).union(*map(options_of, getattr(command, "commands", {}).values()))


def test_every_command_below_another_is_in_its_section():
    for name, command in COMMANDS.items():
        for below in getattr(command, "commands", {}):
            assert re.search(rf"^\| `{below}\b", SECTIONS[name], flags=re.MULTILINE), (name, below)


def test_every_option_is_in_its_commands_section():
    for name, command in COMMANDS.items():
        options = options_of(command)
        documented = set(re.findall(r"^\| `(--[a-z-]+)", SECTIONS[name], flags=re.MULTILINE))
        assert documented == options, name


def test_the_common_options_are_named():
    for option in ("--help", "--install-completion", "--show-completion"):
        assert option in TEXT
