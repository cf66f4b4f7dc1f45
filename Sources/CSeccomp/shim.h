// The system's libseccomp, which writes the filters of CFence.
#pragma once
#include <seccomp.h>
