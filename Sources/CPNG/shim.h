#pragma once
#include <png.h>

// Function-like and cast macros do not reach Swift.
enum { vigil_png_image_version = PNG_IMAGE_VERSION, vigil_png_format_rgb = PNG_FORMAT_RGB };
