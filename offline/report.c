/* SPDX-License-Identifier: ISC */
#include "report.h"

#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_COLUMNS = 79 };

#define ERASE_LINE "\r\033[K"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool status_shown;

static void erase_status(void)
{
    if (status_shown)
        fputs(ERASE_LINE, stderr);
    status_shown = false;
}

void complain(const char *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&lock);
    erase_status();
    fprintf(stderr, "xlstm: %s%s", file ? file : "", file ? ": " : "");
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    pthread_mutex_unlock(&lock);
    va_end(arguments);
}

bool fail(struct xlstm_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

bool status_visible(void)
{
    return isatty(STDERR_FILENO);
}

/** Columns that a line may take: one that wraps cannot be erased. */
static int columns(void)
{
    struct winsize window;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &window) || window.ws_col < 2)
        return USUAL_COLUMNS;
    return window.ws_col - 1;
}

void status_show(const char *format, ...)
{
    char line[512];
    va_list arguments;
    if (!status_visible())
        return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    pthread_mutex_lock(&lock);
    fprintf(stderr, ERASE_LINE "%.*s", columns(), line);
    fflush(stderr);
    status_shown = true;
    pthread_mutex_unlock(&lock);
    va_end(arguments);
}

void status_clear(void)
{
    pthread_mutex_lock(&lock);
    erase_status();
    pthread_mutex_unlock(&lock);
}

bool json_line(json_t *object)
{
    int bad = !object || json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(10));
    if (bad)
        complain(NULL, "the JSON report could not be made");
    else
        puts(""), fflush(stdout);
    json_decref(object);
    return !bad;
}

enum { UTF8_BYTES = 4 }; ///< most of a character

/** Bytes of the character that begins here; 0 if none does. jansson is the judge. */
static size_t character_bytes(const char *text)
{
    for (size_t bytes = 1; bytes <= strnlen(text, UTF8_BYTES); bytes++) {
        json_t *character = json_stringn(text, bytes);
        json_decref(character);
        if (character)
            return bytes;
    }
    return 0;
}

json_t *json_text(const char *text)
{
    static const char REPLACEMENT[] = "\xef\xbf\xbd";
    json_t *whole = json_string(text);
    char *sound = whole ? NULL : malloc(strlen(text) * strlen(REPLACEMENT) + 1), *end = sound;
    if (!sound)
        return whole;
    while (*text) {
        const size_t bytes = character_bytes(text);
        const char *part = bytes ? text : REPLACEMENT;
        const size_t length = bytes ? bytes : strlen(REPLACEMENT);
        memcpy(end, part, length);
        end += length;
        text += bytes ? bytes : 1;
    }
    *end = '\0';
    whole = json_string(sound);
    free(sound);
    return whole;
}

json_t *json_finite(double number)
{
    return isfinite(number) ? json_real(number) : json_null();
}
