from __future__ import annotations

from pathlib import Path

import pytest

from fondaco.kernel.files import whole_file


def test_a_file_takes_its_name_when_it_is_whole_and_leaves_nothing_when_it_is_not(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    with whole_file(path) as part:
        part.write_text("first")
        assert not path.exists()
    for stop in (ValueError, KeyboardInterrupt):
        with pytest.raises(stop), whole_file(path) as part:
            part.write_text("half")
            raise stop
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("out.csv", "first")]
    with whole_file(path) as part:
        part.write_text("second")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("out.csv", "second")]
