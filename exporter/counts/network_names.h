/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/* The file of --networks. Each line has a network and its name. */
#ifndef REXMIT_NETWORK_NAMES_H
#define REXMIT_NETWORK_NAMES_H

#include <stdint.h>

#include "counts/group.h"
#include "counts/names.h"

/* Maximum number of networks in a file, so that there is room for names of cgroups. */
#define NETWORKS_LIMIT 10000

struct network_names;

/*
 * Reads the file. `path` and `names` must outlive the network names. Returns 0, or a negative errno
 * after logging the number of the invalid line.
 */
int network_names_new(struct network_names **network_names, const char *path, struct names *names);
void network_names_free(struct network_names *network_names);

/* Reads the file again. If the file is invalid, logs one line and keeps the present names. */
void network_names_reload(struct network_names *network_names);

/* Sets the names of the networks of both addresses. Outside all networks the name is "other". */
void network_names_find(const struct network_names *network_names, const struct wire_event *event,
	struct group_names *names);

#endif
