"""Certificate pins, kept in a file that programs share."""

from __future__ import annotations

from pathlib import Path

from papo.client.address import read_address
from papo.client.certificates import Certificates


def test_trusted_certificates_are_kept_and_shared(tmp_path: Path) -> None:
    file = tmp_path / "x" / "certificates.json"
    here, there = read_address("ircs://a"), read_address("ircs://b:7000")
    first, second = Certificates(file), Certificates(file)
    first.trust(here, "aa")
    second.trust(there, "bb")
    assert (first.pin(here), first.pin(there)) == ("aa", "")
    assert [Certificates(file).pin(each) for each in (here, there)] == ["aa", "bb"], "no program forgets another's"
    second.trust(here, "cc")
    assert Certificates(file).pin(here) == "cc"
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    file.write_text("{")
    assert Certificates(file).pin(here) == ""
    memory = Certificates(None)
    memory.trust(here, "aa")
    assert memory.pin(here) == "aa"
    (tmp_path / "file").write_text("")
    Certificates(tmp_path / "file" / "x").trust(here, "aa")
