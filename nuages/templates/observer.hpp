// Who renders what: for tests.
#pragma once

#include <nuages/templates/fwd.hpp>

namespace nuages::templates {

/// Called when a template is rendered, also as a parent of another one or by {% include %}, before its first node
/// (django.test.signals.template_rendered).
using RenderObserver = void (*)(const Template& page, const Context& context);
/// Sets what is called, null for nothing, and returns what was called before: for tests, not while other threads render.
RenderObserver set_render_observer(RenderObserver observer) noexcept;

}  // namespace nuages::templates
