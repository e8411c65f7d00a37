/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Linked into static programs only. glibc's functions of these names load libraries of the host,
 * even into a static program: dlopen(3) any library, the others those of NSS. If the host's glibc
 * has another version, the program can crash. libevent and OpenSSL refer to these functions for
 * features that rexmit does not use. So the functions in this file replace those of glibc, and
 * fail.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stddef.h>

/* The functions ignore their arguments. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

void *__wrap_dlopen(const char *file, int mode);

/* Linked with --wrap: glibc's dlopen() would be linked as well, and the linker would warn. */
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

/* The getaddrinfo() above returns no list to free. */
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
