"""curves draws what benchmark --until has written."""

import json
from importlib import import_module

import imageio.v3 as iio
import pytest

from gan_lightning.commands.curves import median_curve, named_runs
from gan_lightning.pictures import plots

CURVE = [[10_000, 10.0, 4.0], [11_000, 12.0, 2.0], [13_000, 15.0, 1.0]]


def race(*curves):
    """A race of which only the curves matter."""
    return {name: {"curve": curve} for name, curve in zip(("fit", "textbook"), curves, strict=True)}


@pytest.fixture
def write_races(tmp_path):
    def write(name, **content):
        path = tmp_path / f"{name}.json"
        default = {"figure": "fid", "floor": 0.03, "protocol": {"num_images": 50}, "races": [race(CURVE, CURVE[:2])]}
        path.write_text(json.dumps({**default, "config": "configs/a.yaml", "textbook": "configs/b.yaml", **content}))
        return path

    return write


@pytest.fixture
def drawn(monkeypatch):
    """What is handed to the plot, which is drawn all the same."""
    found = []

    def plot(panels, x_label, **options):
        found.append((panels, x_label, options))
        return plots.curves(panels, x_label, **options)

    monkeypatch.setattr(import_module("gan_lightning.commands.curves"), "plot", plot)
    return found


@pytest.mark.parametrize(("x", "first"), [("seconds", 10.0), ("images", 10_000)])
def test_every_loop_has_a_curve_over_time_or_images(command_line, write_races, drawn, tmp_path, x, first):
    output = tmp_path / "curves.png"
    status, out, err = command_line("curves", write_races("race"), f"--x={x}", f"--output={output}")
    assert status == 0, err
    assert f"curves in {output}" in out
    assert iio.imread(output).shape == (450, 700, 3)
    ((panels, x_label, options),) = drawn
    (named,) = panels.values()
    assert list(named) == ["a: fit", "b: textbook loop"]
    assert named["a: fit"][0] == (first, 4.0)
    assert [y for _, y in named["a: fit"]] == [4.0, 2.0, 1.0]
    assert x_label == {"seconds": "Seconds of training", "images": "Images seen"}[x]
    assert options == {"logarithmic": True, "runs": {}, "floor": ("real images", 0.03)}


def test_the_median_stands_for_several_seeds(command_line, write_races, drawn, tmp_path):
    slower = [[images, 2 * seconds, 3 * value] for images, seconds, value in CURVE]
    path = write_races("race", races=[race(CURVE, CURVE), race(slower, CURVE), race(slower[:2], CURVE)])
    assert command_line("curves", path, f"--output={tmp_path / 'x.png'}")[0] == 0
    ((panels, _, options),) = drawn
    (named,) = panels.values()
    assert named["a: fit"] == [(20.0, 12.0), (24.0, 6.0)], "where all have been measured"
    assert [len(curve) for curve in options["runs"]["a: fit"]] == [3, 3, 2]


def test_curves_of_one_name_are_told_apart_by_their_files():
    content = {"config": "a.yaml", "textbook": "b.yaml", "races": [race(CURVE, CURVE)]}
    found = {"x/one.json": content, "x/two.json": {**content, "config": "c.yaml"}}
    names = ["a: fit", "b: textbook loop (one)", "c: fit", "b: textbook loop (two)"]
    assert list(named_runs(found, 1)) == names
    found = {"x/one.json": content, "y/one.json": content}
    assert len(named_runs(found, 1)) == 4


def test_no_seeds_have_no_curve():
    assert median_curve([]) == []
    assert median_curve([[], [(1.0, 2.0)]]) == []


def test_thin_curves_have_the_colour_of_theirs_and_a_floor_is_drawn():
    points = [(1.0, 4.0), (10.0, 2.0)]
    plain = plots.curves({"y": {"a": points}}, "x", logarithmic=True)
    more = plots.curves({"y": {"a": points}}, "x", logarithmic=True, runs={"a": [points]}, floor=("real", 3.0))
    assert plain.shape == more.shape
    assert (plain != more).any()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"races": 3}, "is no .json file of benchmark --until --output"),
        ({"floor": "low"}, "is no .json file of benchmark --until --output"),
        ({"races": [{}]}, "are damaged"),
        ({"races": [race(CURVE, [[1]])]}, "are damaged"),
        ({"races": [race(CURVE, [[1, 2, "low"]])]}, "are damaged"),
        ({"figure": "fiddle"}, "has a figure that is unknown here, fiddle"),
    ],
)
def test_damaged_files(command_line, write_races, tmp_path, content, sentence):
    status, _, err = command_line("curves", write_races("race", **content), f"--output={tmp_path / 'x.png'}")
    assert status == 2
    assert sentence in err
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"figure": "kid"}, "is about fid and"),
        ({"protocol": {"num_images": 60}}, "were measured differently"),
    ],
)
def test_files_that_do_not_belong_together(command_line, write_races, tmp_path, content, sentence):
    files = write_races("one"), write_races("two", **content)
    status, _, err = command_line("curves", *files, f"--output={tmp_path / 'x.png'}")
    assert status == 2
    assert sentence in err


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        ([], "files must be given"),
        (["nowhere.json"], "nowhere.json cannot be read (No such file or directory)"),
        (["."], "cannot be read (Is a directory)"),
        (["x.json", "--output=x.jpg"], "--output must end in .png, not x.jpg"),
        (["x.json", "--x=hours"], "--x: expected 'seconds', 'images', got hours"),
    ],
)
def test_mistakes(command_line, tmp_path, monkeypatch, args, sentence):
    monkeypatch.chdir(tmp_path)
    status, _, err = command_line("curves", *args)
    assert status == 2
    assert sentence in err


def test_other_files_are_refused(command_line, tmp_path):
    for content in ("", "[]", "{", '{"images_per_second": {}}'):
        (tmp_path / "x.json").write_text(content)
        status, _, err = command_line("curves", tmp_path / "x.json", f"--output={tmp_path / 'x.png'}")
        assert status == 2
        assert "is no .json file of benchmark --until" in err
