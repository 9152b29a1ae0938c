/* SPDX-License-Identifier: ISC */
/* Runs a fuzz target over the files that are named, and over each of them cut short and with single
 * bytes changed, without a fuzzer: `replay FILE…`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CUTS = 40,    ///< lengths that each file is cut to, and bytes that are changed in it
    FLIPPED = 32, ///< bit that is flipped: turns cases of letters, digits into control codes
};

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

/** Bytes of its own, so that a sanitizer sees each access beyond `size`. */
static void try_bytes(const unsigned char *bytes, size_t size, size_t changed)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    if (changed < size)
        copy[changed] ^= FLIPPED;
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static unsigned char *read_file(const char *name, size_t *size)
{
    FILE *file = fopen(name, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s: cannot be read\n", name);
        exit(1);
    }
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        abort();
    fclose(file);
    return bytes;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t size;
        unsigned char *bytes = read_file(argv[i], &size);
        try_bytes(bytes, size, size);
        for (size_t cut = 0; cut < CUTS; cut++) {
            try_bytes(bytes, size * cut / CUTS, size);
            try_bytes(bytes, size, size * cut / CUTS + cut);
        }
        free(bytes);
    }
    return 0;
}
