"""Mail providers whose domain says nothing of where a person works."""

#: The domains of large providers of mailboxes, worldwide; those of one company's staff are not among them.
FREE_MAIL_DOMAINS = frozenset(
    """
    126.com 163.com aim.com alice.it aol.com bigpond.com bluewin.ch btinternet.com comcast.net email.com fastmail.com
    free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hetnet.nl hey.com home.nl
    hotmail.be hotmail.co.uk hotmail.com hotmail.de hotmail.es hotmail.fr hotmail.it hotmail.nl icloud.com kpnmail.nl
    laposte.net libero.it live.be live.co.uk live.com live.fr live.nl mac.com mail.com mail.ru me.com msn.com naver.com
    online.nl orange.fr outlook.be outlook.com outlook.de outlook.es outlook.fr outlook.nl pm.me planet.nl
    proton.me protonmail.com qq.com rediffmail.com rocketmail.com seznam.cz sfr.fr skynet.be sky.com t-online.de
    telenet.be telfort.nl tiscali.it tuta.com tutanota.com upcmail.nl virgilio.it wanadoo.fr web.de wp.pl xs4all.nl
    yahoo.ca yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es yahoo.fr yahoo.it yandex.com yandex.ru
    ymail.com zeelandnet.nl ziggo.nl zoho.com zonnet.nl
    """.split()
)
