"""python.py TEMPLATES data.json: µs per render of the page by Django's engine and by Jinja2, where they are installed."""
import datetime
import json
import re
import sys
import time


def measure(name, render):
    size = len(render())
    times = []
    for _ in range(7):
        start = time.process_time()
        for _ in range(50):
            render()
        times.append((time.process_time() - start) / 50 * 1e6)
    times.sort()
    print(f"{name}\t{times[3]:.1f}\t{times[0]:.1f}..{times[6]:.1f}\t{size}")


def main(folder, data):
    context = json.load(open(data))
    for row in context["rows"]:
        row["created"] = datetime.datetime.fromtimestamp(row["created"], datetime.timezone.utc)
    try:
        import django
        from django.conf import settings
        from django.template import Context, Engine
        settings.configure(USE_TZ=True, TIME_ZONE="UTC")
        django.setup()
        page = Engine(dirs=[folder]).get_template("page.html")
        measure("django " + django.__version__, lambda: page.render(Context(context)))
    except ImportError:
        print("django\tnot installed")
    try:
        import jinja2
    except ImportError:
        print("jinja2\tnot installed")
        return

    class Loader(jinja2.FileSystemLoader):
        def get_source(self, environment, template):
            text, path, fresh = super().get_source(environment, template)
            text = re.sub(r'\|(\w+):("[^"]*"|\d+)', r"|\1(\2)", text)
            return text.replace("forloop.counter", "loop.index").replace("block.super", "super()"), path, fresh

    def truncatewords(text, count):
        words = text.split()
        return text if len(words) <= count else " ".join(words[:count]) + " …"

    env = jinja2.Environment(loader=Loader(folder), autoescape=True)
    env.filters.update(
        date=lambda at, _: at.strftime("%Y-%m-%d %H:%M"), floatformat=lambda n, places: f"{n:.{places}f}",
        default=lambda value, otherwise: value or otherwise, truncatewords=truncatewords)
    page = env.get_template("page.html")
    measure("jinja2 " + jinja2.__version__, lambda: page.render(context))


main(sys.argv[1], sys.argv[2])
