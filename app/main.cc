// luqiao - one program: the broker, its tools, and the parties to try it with.
#include "app/command_line.h"

int main(int argc, char** argv) {
    return luqiao::app::run_command_line(argc, argv);
}
