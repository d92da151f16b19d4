#include "settings.hpp"

int main(int argc, char** argv) { return nuages::execute_from_command_line(argc, argv, settings); }
