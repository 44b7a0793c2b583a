#include "CTrainLoopInject.h"
