#include "CTrainLoopSystem.h"
