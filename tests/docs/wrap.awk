# SPDX-License-Identifier: Apache-2.0
# Breaks the text lines of a man page before column 80, as mandoc -Tlint wants them; requests and literal displays stay.
/^\.Bd -literal/ { literal = 1 }
/^\.Ed/ { literal = 0 }
literal || /^[.']/ || length($0) <= 80 { print; next }
{
	line = ""
	count = split($0, word, " ")
	for (i = 1; i <= count; i++) {
		# A word that would be taken for a request may not begin a line, nor one that looks like a sentence's end close it.
		if (line != "" && length(line) + 1 + length(word[i]) > 76 && word[i] !~ /^[.']/ && line !~ /[.!?]$/) {
			print line
			line = word[i]
		} else
			line = line (line == "" ? "" : " ") word[i]
	}
	print line
}
