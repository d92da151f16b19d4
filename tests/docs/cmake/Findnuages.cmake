# Inside this tree the framework is there already: find_package(nuages) of an example has nothing left to find.
set(nuages_FOUND TRUE)
