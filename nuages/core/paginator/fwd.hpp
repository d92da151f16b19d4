// Forward declarations of nuages::core::paginator names.
#pragma once

namespace nuages::core::paginator {

struct PaginatorOptions;
class PaginatorBase;
class PageBase;
template <class List> class Paginator;
template <class List> class Page;

}  // namespace nuages::core::paginator
