/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Finds users in an /etc/passwd that this file writes. */
#include <stdio.h>
#include <unistd.h>

#include "support/failing_calls.h"
#include "user.h"

static const char *passwd;
static unsigned fds_before;

REPLACED_CALL(FILE *, fopen64, (const char *path, const char *mode))
{
	cr_assert_str_eq(path, "/etc/passwd");
	if (failing_calls_now("fopen64"))
		return NULL;
	return fmemopen((void *)passwd, strlen(passwd), mode);
}

static void setup(void)
{
	passwd = "root:x:0:0:root:/root:/bin/sh\n"
		 "# a comment, which is not an entry\n"
		 "twin:x:901:902::/:/bin/false\n"
		 "twin:x:903:904::/:/bin/false\n"
		 "905:x:906:907::/:/bin/false\n";
	fds_before = failing_calls_open_fds();
}

static void teardown(void)
{
	cr_assert_eq(failing_calls_open_fds(), fds_before, "the file is still open");
}

TestSuite(user_file, .init = setup, .fini = teardown);

static void finds(const char *name, uid_t uid, gid_t gid)
{
	struct user user = {.uid = 1, .gid = 1};

	cr_assert_eq(user_find(name, &user), 0, "%s", name);
	cr_assert_eq(user.uid, uid, "%s", name);
	cr_assert_eq(user.gid, gid, "%s", name);
}

Test(user_file, by_name_and_number)
{
	finds("root", 0, 0);
	finds("twin", 901, 902); /* the first entry */
	finds("903", 903, 904);
	finds("905", 906, 907); /* a name, first of all */
	finds("908", 908, 908); /* a number without entry */
}

static void fails(const char *name, int r)
{
	struct user user = {.uid = 1, .gid = 1};

	cr_assert_eq(user_find(name, &user), r, "%s", name);
	cr_assert_eq(user.uid, 1);
	cr_assert_eq(user.gid, 1);
}

/* An error is not "no such user": for that, the caller continues with another user. */
Test(user_file, cannot_be_read)
{
	failing_calls_set("fopen64", 1, EACCES);
	fails("twin", -EACCES);
	failing_calls_set("fopen64", 2, EMFILE);
	fails("903", -EMFILE);
}

Test(user_file, an_entry_that_is_too_long)
{
	static char text[8192];

	memset(text, 'x', sizeof(text) - 2);
	text[sizeof(text) - 2] = '\n';
	passwd = text;
	fails("twin", -ERANGE);
}
