// nuages::postgres declares functions of templates, and no classes that others need to name.
#pragma once
