/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* An exporter with a state file, and records that change every part of it. */
#ifndef REXMIT_STATE_FIXTURE_H
#define REXMIT_STATE_FIXTURE_H

#include "exporter.h"
#include "state/state_file.h"

/* A file's bytes; `data` is from malloc. */
struct bytes {
	uint8_t *data;
	size_t size;
};

/* A directory for one test, and its removal with what is in it. */
void state_directory_make(void);
void state_directory_remove(void);
/* A path in it. Valid until the next call. */
const char *state_path(const char *name);

/* Zeros fill its last page. */
struct bytes state_read(const char *path);
void state_write(const char *path, struct bytes bytes);
/* Its bytes themselves. */
uint8_t *state_map(const char *path);
#define STATE_PAGE 4096

/* An exporter of two series and the label cgroup, with its state in the file of this name. */
void state_exporter_init(struct exporter *exporter, const char *name);
struct state_shape state_fixture_shape(void);

/* Each step is one change of the state. */
#define STATE_STEPS 19
void state_step(struct exporter *exporter, int step);

#endif
