"""What HR may do with attendance: a ready-made group, as a company would give it."""

from example_project.demo.staff import LOGINS

HR_ROLE = "officer"


def give() -> None:
    """Install the groups, and put HR into hers. The CEO of the demo may do everything anyway."""
    from django.contrib.auth.models import Group

    from attendance_devices.services.access.roles import ROLES, install
    from example_project.hr.models import CustomUser

    install()
    [name] = [role.name for role in ROLES if role.key == HR_ROLE]
    group, officer = Group.objects.filter(name=name).first(), CustomUser.objects.filter(username=LOGINS[1]).first()
    if group and officer:
        officer.groups.add(group)
