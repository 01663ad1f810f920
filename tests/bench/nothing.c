/* SPDX-License-Identifier: Apache-2.0 */
/* A runtime that does nothing: what is measured with it is reeve's own time. */
int main(void)
{
	return 0;
}
