/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Finds users by name and by number, even a number that the host does not know. */
#include <criterion/criterion.h>
#include <errno.h>

#include "user.h"

static void finds(const char *name, uid_t uid, gid_t gid)
{
	struct user user = {.uid = 1, .gid = 1};

	cr_assert_eq(user_find(name, &user), 0, "%s", name);
	cr_assert_eq(user.uid, uid, "%s", name);
	cr_assert_eq(user.gid, gid, "%s", name);
}

Test(user, by_name)
{
	finds("root", 0, 0);
}

Test(user, by_number)
{
	finds("0", 0, 0);
	finds("4294967294", 4294967294, 4294967294); /* the largest uid; no user has it */
}

Test(user, refuses_other_texts)
{
	static const char *const names[] = {"", "-1", "+1", " 1", "1 ", "0x10", "1.5", "4294967295",
		"4294967296", "18446744073709551616", "no such user"};
	struct user user;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_assert_eq(user_find(names[i], &user), -ENOENT, "'%s'", names[i]);
}
