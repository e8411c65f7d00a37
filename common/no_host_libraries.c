/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

/*
 * Only in static programs. glibc's functions of these names load libraries of the host, even into a
 * static program: NSS's for names, any for dlopen(3). If the host's glibc has another version, that
 * can crash. libevent and OpenSSL refer to these functions for features that rexmit does not use,
 * so here each of them fails. The linker takes these before the C library's.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <stddef.h>

/* netdb.h and dlfcn.h declare them with attributes that only callers need. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

void *__wrap_dlopen(const char *file, int mode);

/* --wrap, because the C library's own dlopen() is linked, too, and would give a warning. */
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

/* getaddrinfo() gives nothing to free. */
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
