/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The rexmit authors */

#include "web_config/pem.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "common/plain_file.h"

int web_tls_refuse(char error[WEB_ERROR_SIZE], const char *what, const char *detail)
{
	unsigned long code = ERR_peek_error(); /* the first error is the cause of the others */
	const char *reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code))
							      : ERR_reason_error_string(code);

	snprintf(error, WEB_ERROR_SIZE, "%s: %s%s%s", what, detail ? detail : "",
		detail && reason ? ": " : "", reason ? reason : "");
	ERR_clear_error();
	return -EINVAL;
}

int web_pem_no_password_cb(char *buffer, int size, int writing, void *context)
{
	(void)buffer, (void)size, (void)writing, (void)context;
	return 0;
}

BIO *web_pem_open(const char *what, const char *path, char error[WEB_ERROR_SIZE])
{
	FILE *file = NULL;
	int r = plain_file_open(&file, path, WEB_FILE_BYTES);
	BIO *pem = r < 0 ? NULL : BIO_new_fp(file, BIO_CLOSE);

	if (pem)
		return pem;
	if (file)
		fclose(file);
	snprintf(error, WEB_ERROR_SIZE, "%s: %s: %s", what, path,
		plain_file_error(r < 0 ? r : -ENOMEM));
	return NULL;
}
