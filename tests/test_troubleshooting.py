"""What the page of symptoms recommends exists."""

import re

import pytest
from pages import ROOT

from gan_lightning.cli import main

PAGE = ROOT / "configs" / "troubleshooting.md"
OF_OTHERS = "--workers", "--side_by_side"
"""Options of commands, which the page names beside them."""

OPTIONS = [span for span in re.findall(r"`(--[^`]*)`", PAGE.read_text()) if span not in OF_OTHERS]


@pytest.mark.parametrize("option", sorted({option for option in OPTIONS if " " in option or "=" in option}))
def test_options_are_those_of_fit(option, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    config = [] if option.startswith("--model ") else ["--config", "configs/dcgan.yaml"]
    with pytest.raises(SystemExit) as ended:
        main(["fit", *config, *option.split(), "--print_config"])
    assert ended.value.code == 0, capsys.readouterr().err


def test_files_exist():
    for name in re.findall(r"`(configs/[\w/.]+)`", PAGE.read_text()):
        assert (ROOT / name).is_file(), name
    for name in re.findall(r"\]\(([\w/.]+)\)", PAGE.read_text()):
        assert (PAGE.parent / name).is_file(), name
