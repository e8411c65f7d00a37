/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* Makes an exporter with a state file, and records that change every part of that file. */
#ifndef REXMIT_STATE_FIXTURE_H
#define REXMIT_STATE_FIXTURE_H

#include "exporter.h"
#include "state/state_file.h"

/* The bytes of a file. `data` was allocated by malloc(3). */
struct bytes {
	uint8_t *data;
	size_t size;
};

/* state_directory_make() makes a directory for one test. _remove() removes it and its contents. */
void state_directory_make(void);
void state_directory_remove(void);
/* Returns the path of a file in the directory, valid until the next call. */
const char *state_path(const char *name);

/* Returns the bytes of a file, followed by a page of zeros. */
struct bytes state_read(const char *path);
/* Writes a file with exactly these bytes. */
void state_write(const char *path, struct bytes bytes);
/* Maps a whole file for reading and writing. */
uint8_t *state_map(const char *path);
#define STATE_PAGE 4096

/*
 * Makes an exporter with two series and the label cgroup. The file `name` has its state.
 */
void state_exporter_init(struct exporter *exporter, const char *name);
/* The same. Returns the result of exporter_init(). */
int state_exporter_try(struct exporter *exporter, const char *name);
struct state_shape state_fixture_shape(void);

/* state_step() makes one change of the state. Its number is below STATE_STEPS. */
#define STATE_STEPS 19
void state_step(struct exporter *exporter, int step);

/* Makes a file with every change. Returns its bytes. */
struct bytes state_fill(const char *name);

#endif
