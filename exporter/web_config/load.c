/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/load.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "module_path.h"
#include "web_config/module.h"

/*
 * Opens the module in the build directory. The path does not use $ORIGIN. With sanitizers, $ORIGIN
 * means the directory of the sanitizer's library.
 */
static void *open_built(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));
	char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;
	size_t left = slash ? sizeof(path) - (size_t)(slash - path) : 0;

	if (left <= sizeof("/web_config/" WEB_CONFIG_MODULE_FILE))
		return NULL;
	strcpy(slash, "/web_config/" WEB_CONFIG_MODULE_FILE);
	return dlopen(path, RTLD_NOW);
}

static web_config_open_fn find_module(void)
{
	void *module = open_built();

	if (!module)
		module = dlopen(WEB_CONFIG_MODULE_DIR "/" WEB_CONFIG_MODULE_FILE, RTLD_NOW);
	return module ? (web_config_open_fn)dlsym(module, WEB_CONFIG_MODULE_OPEN) : NULL;
}

int web_config_open(struct http_guard **guard, const char *path, struct event_base *base,
	enum sandbox_mode mode, char *const argv[])
{
	web_config_open_fn open = find_module();

	(void)argv;
	if (!open) {
		log_error("--web.config.file: this exporter was built or installed without TLS and "
			  "passwords: %s",
			dlerror());
		return -ENOTSUP;
	}
	return open(guard, path, base, mode);
}
