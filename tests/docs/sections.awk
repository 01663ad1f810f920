# SPDX-License-Identifier: Apache-2.0
# Puts what stands in the file `part` between the lines `.\" BEGIN name` and `.\" END name` of a man page.
$0 == ".\\\" END " name { inside = 0 }
!inside { print }
$0 == ".\\\" BEGIN " name {
	inside = found = 1
	while ((getline line <part) > 0)
		print line
}
END { exit !found }
