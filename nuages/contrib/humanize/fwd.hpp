// nuages::contrib::humanize declares no types.
#pragma once
