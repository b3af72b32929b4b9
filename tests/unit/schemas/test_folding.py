"""One way to compare words, wherever words are looked for."""

import re

from schemas.folding import fold
from schemas.plan import RuleWhen
from tests.support.sources import CODE, ROOT, modules, name_of

OWN_WAY = re.compile(r"casefold\(|unicodedata|NFK?[CD]\b")


class TestFolding:
    def test_sees_no_difference_of_case_width_and_spacing(self) -> None:
        told = {fold(text) for text in ("KTV noise", "ＫＴＶ noise", "ktv　noise", " KTV  noise")}
        assert told == {"ktv noise"}

    def test_leaves_no_second_way_in_the_code(self) -> None:
        own = [name_of(m) for m in modules(*CODE) if OWN_WAY.search(m.read_text())]
        assert own == ["schemas/folding.py"]
        assert (ROOT / "schemas/folding.py").exists()

    def test_is_how_a_rule_keeps_its_words(self) -> None:
        assert RuleWhen.model_validate({"text": ["ＫＴＶ　Noise"]}).text == ("ktv noise",)
