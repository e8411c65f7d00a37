/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Replacements of glibc's functions, for static programs only. They always fail. glibc's functions
 * load libraries of the host even into a static program. If the host's glibc has another version,
 * the program can crash. libevent and OpenSSL refer to these functions, for features that rexmit
 * does not use.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stddef.h>

#pragma GCC diagnostic ignored "-Wunused-parameter"

void *__wrap_dlopen(const char *file, int mode);

/*
 * With --wrap, the linker replaces dlopen() by this function. A function named dlopen() would not
 * keep glibc's from being linked, with a warning.
 */
void *__wrap_dlopen(const char *file, int mode)
{
	return NULL;
}

void *dlsym(void *restrict handle, const char *restrict name)
{
	return NULL;
}

int dladdr(const void *address, Dl_info *info)
{
	return 0;
}

int dlclose(void *handle)
{
	return -1;
}

char *dlerror(void)
{
	static char text[] = "a static program loads no library";

	return text;
}

int getaddrinfo(const char *restrict name, const char *restrict service,
	const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
	return EAI_FAIL;
}

void freeaddrinfo(struct addrinfo *list)
{
}

int getnameinfo(const struct sockaddr *restrict address, socklen_t size, char *restrict name,
	socklen_t name_size, char *restrict service, socklen_t service_size, int flags)
{
	return EAI_FAIL;
}

struct hostent *gethostbyname(const char *name)
{
	return NULL;
}

struct servent *getservbyname(const char *name, const char *protocol)
{
	return NULL;
}

struct protoent *getprotobynumber(int number)
{
	return NULL;
}
