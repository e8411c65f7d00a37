/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* An exporter with a state file, and records that change every part of it. */
#ifndef REXMIT_STATE_FIXTURE_H
#define REXMIT_STATE_FIXTURE_H

#include "exporter.h"
#include "state/state_file.h"

/* The bytes of a file; `data` is from malloc(3). */
struct bytes {
	uint8_t *data;
	size_t size;
};

/* Makes a directory for one test, and removes it with its contents. */
void state_directory_make(void);
void state_directory_remove(void);
/* Returns a path in the directory. It is valid until the next call. */
const char *state_path(const char *name);

/* Writes a file; zeros fill its last page. */
struct bytes state_read(const char *path);
void state_write(const char *path, struct bytes bytes);
/* Writes a file with exactly these bytes. */
uint8_t *state_map(const char *path);
#define STATE_PAGE 4096

/*
 * Makes an exporter with two series and the label cgroup, whose state is in the file of this name.
 */
void state_exporter_init(struct exporter *exporter, const char *name);
struct state_shape state_fixture_shape(void);

/* Each step is one change of the state. */
#define STATE_STEPS 19
void state_step(struct exporter *exporter, int step);

#endif
