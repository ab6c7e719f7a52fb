"""What the parser makes of jsonargparse's errors, on classes made for it."""

from __future__ import annotations

from argparse import ArgumentError
from collections.abc import Callable, Sequence
from typing import Literal

import pytest

from gan_lightning.cli.parser import Parser


class Engine:
    """Its subclasses are what an option may name."""


class Petrol(Engine):
    def __init__(self, cylinders: int, octane: float = 95.0) -> None: ...


class Electric(Engine):
    def __init__(self, volts: int | Literal["mains"] = 400, cells: tuple[int, int] = (2, 3)) -> None: ...


class Wheel:
    def __init__(self, engine: Engine, diameter: float) -> None: ...


class Car:
    def __init__(
        self,
        engine: Engine | None = None,
        wheels: list[Engine] | Engine | None = None,
        rim: Callable[[Engine], Wheel] | None = None,
        names: Sequence[str] | None = None,
        trailer: Car | None = None,
    ) -> None: ...


MISTAKES = {
    "a wrong type": (
        ["--car.engine=Electric", "--car.engine.volts=high"],
        "engine.volts: expected int or 'mains', got high",
    ),
    "a wrong element": (["--car.engine=Electric", "--car.engine.cells=[1,x]"], "engine.cells: expected int, got x"),
    "a wrong number of elements": (
        ["--car.engine=Electric", "--car.engine.cells=[1,2,3]"],
        "engine.cells: expected tuple with 2 elements, got [1, 2, 3]",
    ),
    "no sequence": (["--car.names=Herbie"], "names: expected Sequence, got Herbie"),
    "a class that does not exist": (["--car.engine=Petroll"], "engine: no such class as Petroll: did you mean Petrol?"),
    "a class of another kind": (
        ["--car.engine=Wheel"],
        "engine: no such class as Wheel: --help lists what is accepted",
    ),
    "a class of another kind, by its path": (
        [f"--car.engine={__name__}.Wheel"],
        f"engine: Import path does not correspond to a subclass of Engine, got {__name__}.Wheel",
    ),
    "a missing argument": (["--car.engine=Petrol"], "engine.cylinders must be given"),
    "a missing argument in one member of a union": (["--car.wheels=Petrol"], "wheels.cylinders must be given"),
    "a missing argument of what is called": (["--car.rim=Wheel"], "rim.diameter must be given"),
    "a wrong argument of what is called": (
        ["--car.rim=Wheel", "--car.rim.diameter=x"],
        "rim.diameter: expected float, got x",
    ),
    "a misspelt argument": (
        ["--car.engine=Petrol", "--car.engine.cylindres=4"],
        "engine.cylindres is not an option: did you mean --car.engine.cylinders?",
    ),
    "a misspelt argument of what is called": (
        ["--car.rim=Wheel", "--car.rim.diametre=4"],
        "rim.diametre is not an option: did you mean --car.rim.diameter?",
    ),
    "an argument of a class without any": (
        ["--car.wheels.size=3"],
        "wheels.size is not an option: --help lists what is accepted",
    ),
    "nested classes": (
        ["--car.trailer=Car", "--car.trailer.engine=Petrol", "--car.trailer.engine.cylinders=x"],
        "trailer.engine.cylinders: expected int, got x",
    ),
    "misspelt in nested classes": (
        ["--car.trailer=Car", "--car.trailer.engin=Petrol"],
        "trailer.engin is not an option: did you mean --car.trailer.engine?",
    ),
}


@pytest.fixture
def parser():
    parser = Parser()
    parser.add_argument("--config", action="config")
    parser.add_subclass_arguments(Car, "car", required=False)
    parser.add_argument("--speed.limit", type=int, default=50)
    parser.set_defaults(car={"class_path": f"{__name__}.Car"})
    return parser


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_its_option_in_one_sentence(parser, capsys, mistake):
    args, sentence = MISTAKES[mistake]
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(args)
    assert stop.value.code == 2
    assert capsys.readouterr().err == f"error: --car.{sentence}\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("car:\n  init_args:\n    engin: 3\n", "--car.engin is not an option: did you mean --car.engine?"),
        ("cra:\n  class_path: Car\n", "--cra.class_path is not an option: did you mean --car.class_path?"),
        ("speed:\n  limits: 3\n", "--speed.limits is not an option: did you mean --speed.limit?"),
        ("speed:\n  limit: 1e2\n", "--speed.limit: expected int, got 100.0"),
        (
            "car:\n  class_path: Car\n  engine: Electric\n",
            "--car.class_path is given beside arguments of the class: they belong below init_args",
        ),
        (
            "car:\n  init_args:\n    wheels:\n    - class_path: Petrol\n      init_args:\n        cylinders: x\n",
            "--car.wheels.cylinders: expected int, got x",
        ),
        ("", "--config: expected a file of options such as 'model: DCGAN', got an empty file"),
        ("- 3\n- 4\n", "--config: expected a file of options such as 'model: DCGAN', got - 3 - 4"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_option(parser, capsys, tmp_path, text, sentence):
    (tmp_path / "car.yaml").write_text(text)
    with pytest.raises(SystemExit):
        parser.parse_args([f"--config={tmp_path / 'car.yaml'}"])
    assert capsys.readouterr().err == f"error: {sentence}\n"


def test_a_program_gets_the_same_sentence_as_an_exception(parser):
    parser.exit_on_error = False
    with pytest.raises(ArgumentError, match=r"^--car.engine.cylinders must be given$"):
        parser.parse_args(["--car.engine=Petrol"])


def test_what_is_right_is_parsed(parser):
    found = parser.parse_args(["--car.engine=Petrol", "--car.engine.cylinders=4", "--car.names=[a,b]"])
    assert found.car.init_args.engine.init_args.cylinders == 4
    assert found.car.init_args.names == ["a", "b"]
