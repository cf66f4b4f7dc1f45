// The few hot loops that are worth C. One header per topic; everything else is Swift.
#pragma once
#include "convolution.h"
#include "elementwise.h"
#include "functions.h"
#include "movement.h"
#include "isa.h"
#include "layout.h"
#include "peak.h"
#include "pixels.h"
#include "pool.h"
#include "rows.h"
