# SPDX-License-Identifier: Apache-2.0
# Reads names of policy files, one a line; writes the table rv_embedded, or with -v what=detections rv_embedded_detections. Lines are kept, so that messages tell the file's own
# line and column. A policy's name is in its text; a profile's and a grant's is also the file's.
BEGIN {
	if (what == "detections")
		print "#include \"detect/detect.h\"\n\nconst struct rv_embedded_detections rv_embedded_detections[] = {"
	else
		print "#include \"rules/source.h\"\n\nconst struct rv_embedded rv_embedded[] = {"
}
{
	file = $0
	parts = split(file, part, "/")
	kind = "RV_SOURCE_POLICY"
	if (part[parts - 1] == "profiles")
		kind = "RV_SOURCE_PROFILE"
	if (part[parts - 1] == "grants")
		kind = "RV_SOURCE_GRANT"
	name = part[parts]
	sub(/\.json$/, "", name)
	text = ""
	while ((getline line < file) > 0) {
		if (kind == "RV_SOURCE_POLICY" && match(line, /^\t"name": "[^"]*"/))
			name = substr(line, 11, RLENGTH - 11)
		gsub(/\\/, "\\\\", line)
		gsub(/"/, "\\\"", line)
		gsub(/\t/, "\\t", line)
		text = text "\n\t\"" line "\\n\""
	}
	close(file)
	if (text == "") {
		print "cannot read " file > "/dev/stderr"
		exit 1
	}
	if (what == "detections")
		printf "\t{ \"%s\",%s },\n", part[parts], text
	else
		printf "\t{ %s, \"%s\",%s },\n", kind, name, text
}
END {
	print "\t{ 0 }\n};"
}
