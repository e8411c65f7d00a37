/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "state/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define HEAD_BYTES (STATE_WORDS_AT + sizeof(struct state_shape))

_Static_assert(sizeof(struct state_head) <= STATE_WORDS_AT, "STATE_WORDS_AT");

/* The mapped file, for bus_error_cb(). */
static const uint8_t *mapping;
static size_t mapping_bytes;

/*
 * The kernel sends SIGBUS if a page of the file cannot be read, because the file was truncated or
 * its disk failed. The signal never interrupts a function of the C library, only loads and stores
 * of the exporter. Therefore this handler may log.
 */
static void bus_error_cb(int number, siginfo_t *info, void *context)
{
	const uint8_t *address = info->si_addr;

	(void)context;
	if (address < mapping || address >= mapping + mapping_bytes) {
		signal(number, SIG_DFL);
		return;
	}
	log_error("stopping: the state file was truncated, or its disk cannot be read or written");
	_exit(EXIT_FAILURE);
}

static int state_file_fail(const struct state *s, int r, const char *remedy)
{
	log_error("cannot use the state file %s: %s; %s", s->path, strerror(-r), remedy);
	return r;
}

static struct state_head *head_of(const struct state *s)
{
	return (struct state_head *)((uint8_t *)s->words - STATE_WORDS_AT);
}

const struct state_shape *state_shape(const struct state *state)
{
	return (const struct state_shape *)state->words;
}

static size_t bytes_of(const struct state_shape *shape)
{
	return STATE_WORDS_AT + state_words(shape) * sizeof(uint64_t);
}

static void unmap(struct state *s)
{
	if (!s->words)
		return;
	munmap(head_of(s), s->mapped_bytes);
	s->words = NULL;
	s->journal = NULL;
	mapping = NULL;
	mapping_bytes = 0;
}

static int map(struct state *s, size_t bytes)
{
	uint8_t *memory;

	unmap(s);
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
	if (memory == MAP_FAILED)
		return state_file_fail(
			s, -errno, "it must be mapped as a whole; lower --max-series");
	s->words = (uint64_t *)(memory + STATE_WORDS_AT);
	s->journal = &head_of(s)->journal;
	s->mapped_bytes = bytes;
	mapping = memory;
	mapping_bytes = bytes;
	return 0;
}

/* Allocates all blocks of the file. Otherwise a full disk would cause SIGBUS later. */
static int allocate(struct state *s, size_t bytes)
{
	char remedy[96];
	int r = -posix_fallocate(s->fd, 0, (off_t)bytes);

	if (r == 0)
		return 0;
	snprintf(remedy, sizeof(remedy), "it needs %zu bytes; make room, or lower --max-series",
		bytes);
	return state_file_fail(s, r, remedy);
}

/* Opens the file, and locks it until the process ends. */
static int state_file_lock(struct state *s)
{
	struct stat status;
	int r;

	s->fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (s->fd < 0)
		return state_file_fail(
			s, -errno, "choose a file in a directory that this user may write to");
	r = fstat(s->fd, &status) ? -errno : 0;
	if (r == 0 && !S_ISREG(status.st_mode))
		r = -EINVAL;
	/* The next start must be able to open the file, with any umask. */
	if (r == 0 && fchmod(s->fd, 0600))
		r = -errno;
	if (r < 0)
		return state_file_fail(s, r, "choose a regular file that this user owns");
	if (flock(s->fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	r = -errno;
	return state_file_fail(
		s, r, r == -EWOULDBLOCK ? "another exporter uses it" : "it cannot be locked");
}

static int read_boot_id(char boot_id[STATE_BOOT_ID_SIZE])
{
	_cleanup_close_ int fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	memset(boot_id, 0, STATE_BOOT_ID_SIZE);
	if (fd >= 0)
		n = read(fd, boot_id, STATE_BOOT_ID_SIZE - 1);
	return n < 0 ? -errno : n == 0 ? -ENODATA : 0;
}

static int state_file_begin(struct state *s, const struct state_shape *shape, const char *boot_id)
{
	struct state_head *head;
	int r = allocate(s, bytes_of(shape));

	if (r == 0)
		r = map(s, bytes_of(shape));
	if (r < 0)
		return r;
	head = head_of(s);
	head->version = STATE_VERSION;
	memcpy(head->boot_id, boot_id, STATE_BOOT_ID_SIZE);
	state_copy(s, s->words, shape, sizeof(*shape));
	state_commit(s);
	/* The magic is written last, because it makes the file a valid state. */
	head->magic = STATE_MAGIC;
	state_fence();
	return 0;
}

/* Checks the head. Sets `why` if the file is of another version, or older than the last boot. */
static int check_head(struct state *s, const char *boot_id, const char **why)
{
	const struct state_head *head;
	int r = map(s, HEAD_BYTES);

	if (r < 0)
		return r;
	head = head_of(s);
	if (head->magic != STATE_MAGIC)
		*why = "is not a state file";
	else if (head->version != STATE_VERSION)
		*why = "was written by another version";
	else if (memcmp(head->boot_id, boot_id, STATE_BOOT_ID_SIZE) != 0)
		*why = "was written before a reboot";
	else /* a change of the shape may be unfinished */
		(void)state_roll_back(s, sizeof(struct state_shape) / sizeof(uint64_t));
	return 0;
}

/* Returns why a file of shape `have` is invalid, or NULL. Only the last parts may differ. */
static const char *check_shape(
	const struct state_shape *have, const struct state_shape *wanted, off_t file_bytes)
{
	for (enum state_part part = 0; part < STATE_NAMES; part++) {
		if (have->sizes[part] != wanted->sizes[part])
			return "was written by another version";
	}
	for (enum state_part part = STATE_NAMES; part < STATE_PARTS; part++) {
		if (have->sizes[part] > UINT32_MAX || have->sizes[part] % sizeof(uint64_t) != 0)
			return "is damaged";
	}
	return (off_t)bytes_of(have) > file_bytes ? "is too short" : NULL;
}

/* Maps the whole file and rolls back an unfinished change. Sets `why` if the file is not valid. */
static int recover(struct state *s, const struct state_shape *shape, off_t file_bytes,
	const char *boot_id, const char **why)
{
	struct state_sum sum;
	uint64_t count;
	int r;

	*why = file_bytes < (off_t)HEAD_BYTES ? "is too short" : NULL;
	r = *why ? 0 : check_head(s, boot_id, why);
	if (r < 0 || *why)
		return r;
	*why = check_shape(state_shape(s), shape, file_bytes);
	count = state_words(state_shape(s));
	r = *why ? 0 : map(s, bytes_of(state_shape(s)));
	if (r < 0 || *why)
		return r;
	*why = "is damaged";
	if (!state_roll_back(s, count))
		return 0;
	sum = state_sum_of(s->words, count);
	if (sum.low == s->journal->sum.low && sum.high == s->journal->sum.high)
		*why = NULL;
	return 0;
}

/*
 * Renames the file, and opens a new file. The old descriptor stays open, so that the old file stays
 * locked.
 */
static int set_aside(struct state *s, const char *why)
{
	char aside[PATH_MAX];
	int n = snprintf(aside, sizeof(aside), "%s.bad", s->path);

	unmap(s);
	cleanup_close(&s->aside_fd);
	s->aside_fd = cleanup_take_fd(&s->fd);
	if (n < 0 || n >= PATH_MAX)
		return state_file_fail(s, -ENAMETOOLONG, "choose a shorter path");
	if (rename(s->path, aside))
		return state_file_fail(s, -errno, "it cannot be set aside");
	log_warning("the state file %s %s: renamed to %s; counting starts from zero", s->path, why,
		aside);
	return state_file_lock(s);
}

/* Recovers the state in the file. If the file is empty or invalid, starts with an empty state. */
static int recover_or_begin(struct state *s, const struct state_shape *shape)
{
	char boot_id[STATE_BOOT_ID_SIZE];
	const char *why = NULL;
	struct stat status;
	int r = read_boot_id(boot_id);

	if (r < 0)
		return state_file_fail(
			s, r, "this boot has no id in " BOOT_ID " (systemd: ProcSubset=all)");
	if (fstat(s->fd, &status))
		return state_file_fail(s, -errno, "its size cannot be read");
	if (status.st_size > 0) {
		r = recover(s, shape, status.st_size, boot_id, &why);
		if (r < 0 || !why)
			return r;
		r = set_aside(s, why);
	}
	return r < 0 ? r : state_file_begin(s, shape, boot_id);
}

int state_open(struct state **state, const char *path, const struct state_shape *shape)
{
	const struct sigaction action = {.sa_sigaction = bus_error_cb, .sa_flags = SA_SIGINFO};
	struct state *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return state_file_fail(
			&(struct state){.path = path}, -ENOMEM, "there is no memory to start");
	s->path = path;
	s->fd = s->aside_fd = -1;
	r = state_file_lock(s);
	if (r == 0)
		r = recover_or_begin(s, shape);
	if (r < 0) {
		state_close(s);
		return r;
	}
	sigaction(SIGBUS, &action, NULL);
	*state = s;
	return 0;
}

void state_close(struct state *state)
{
	if (!state)
		return;
	unmap(state);
	cleanup_close(&state->fd);
	cleanup_close(&state->aside_fd);
	free(state);
}

bool state_shape_holds(const struct state_shape *wanted, const struct state_shape *kept)
{
	return wanted->grouping == kept->grouping &&
	       wanted->sizes[STATE_NAMES] == kept->sizes[STATE_NAMES] &&
	       wanted->sizes[STATE_GROUPS] >= kept->sizes[STATE_GROUPS];
}

static void clear_names(struct state *s)
{
	size_t size = state_shape(s)->sizes[STATE_NAMES];
	uint64_t *words = state_part(s, STATE_NAMES, size);

	for (size_t i = 0; i < size / sizeof(*words); i++) {
		state_set(s, &words[i], 0);
		state_commit(s);
	}
}

/* The file grows before the shape changes, and shrinks afterwards, so it is never too short. */
int state_reshape(struct state *state, const struct state_shape *shape)
{
	struct state *s = state;
	size_t bytes = bytes_of(shape);
	int r;

	if (!state_shape_holds(shape, state_shape(s)))
		clear_names(s);
	r = allocate(s, bytes);
	if (r < 0)
		return r;
	state_copy(s, s->words, shape, sizeof(*shape));
	state_commit(s);
	if (ftruncate(s->fd, (off_t)bytes))
		return state_file_fail(s, -errno, "it cannot be made smaller");
	return map(s, bytes);
}

int state_renew(struct state *state, const struct state_shape *shape)
{
	int r = set_aside(state, "is damaged");

	return r < 0 ? r : recover_or_begin(state, shape);
}
