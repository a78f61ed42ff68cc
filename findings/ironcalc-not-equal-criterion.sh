#!/usr/bin/env bash
# ironcalc 0.9.1: a criterion "<>" is not the opposite of "=". Of four cells 1 equals 5, and 4 do not.
#
# A1:A4 hold "x", nothing, "y" and the text "5". Spreadsheets count an empty cell as unequal to "x" (LibreOffice 7.4.7: COUNTIF(A1:A4,"<>x")
# is 3, SUMIF over the same criterion adds the empty cell's row), and what equals 5 is not unequal to it. IronCalc leaves the empty cell
# out, and counts the text "5" both as equal and as unequal to 5. So counts and sums by exclusion are wrong, without an error, as soon as a
# column has a gap or a number that is text; COUNTIF(range,"=...") is right, and so is SUMPRODUCT(--(A1:A4<>"x")).
#
# Prints, and exits with 0 as long as it is so:
#   ironcalc 0.9.1
#   =COUNTIF(A1:A4,"<>x") 2.0
#   =SUMIF(A1:A4,"<>x",B1:B4) 1100.0
#   =COUNTIF(A1:A4,5) 1.0
#   =COUNTIF(A1:A4,"<>5") 4.0
#   =SUMPRODUCT(--(A1:A4<>"x")) 3.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q ironcalc==0.9.1 2>/dev/null
"$folder/venv/bin/python" - <<'PROGRAM'
import ironcalc

model = ironcalc.create("book")
for row, (text, number) in enumerate([("x", 1), ("", 10), ("y", 100), ("5", 1000)], 1):
    if text:
        model.update_cell_with_text(0, row, 1, text)
    model.update_cell_with_number(0, row, 2, float(number))
expected = {
    '=COUNTIF(A1:A4,"<>x")': 2.0,
    '=SUMIF(A1:A4,"<>x",B1:B4)': 1100.0,
    "=COUNTIF(A1:A4,5)": 1.0,
    '=COUNTIF(A1:A4,"<>5")': 4.0,
    '=SUMPRODUCT(--(A1:A4<>"x"))': 3.0,
}
for row, formula in enumerate(expected, 1):
    model.update_cell_with_formula(0, row, 4, formula)
model.evaluate()
found = {formula: model.get_cell_value(0, row, 4) for row, formula in enumerate(expected, 1)}
print("ironcalc", ironcalc.__version__)
for formula, value in found.items():
    print(formula, value)
raise SystemExit(0 if found == expected else 1)
PROGRAM
