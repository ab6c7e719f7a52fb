"""The revision of the code is told by the repository that has it, and by no other that lies around it."""

import subprocess

from gan_lightning.storage.origin import revision


def git(folder, *words):
    named = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    return subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_only_the_repository_that_tracks_the_code_says_its_revision(tmp_path):
    file = tmp_path / "package" / "code.py"
    file.parent.mkdir()
    file.write_text("")
    assert revision(file) is None, "there is no repository"
    git(tmp_path, "init")
    (tmp_path / "theirs.py").write_text("")
    git(tmp_path, "add", "theirs.py")
    git(tmp_path, "commit", "--message=theirs")
    assert revision(file) is None, "the repository has other code"
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--message=ours")
    assert revision(file) == git(tmp_path, "rev-parse", "--short=12", "HEAD").strip()
    file.write_text("changed")
    assert revision(file).endswith("-dirty")
